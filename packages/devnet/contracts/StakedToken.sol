// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice A small replacement for a liquid staking token such as shMON: native MON in, shares out, at a rate
/// that rises with the yield that any account adds. For the local chain only. It pays out at once, which real
/// staking does not.
contract StakedToken {
    error NotEnoughShares();
    error PaymentFailed();

    event Transfer(address indexed from, address indexed to, uint256 shares);

    uint256 public totalShares;
    mapping(address account => uint256 shares) public balanceOf;

    /// @notice Shares for the MON sent, rounded down. They are worth less than a wei per share below what was paid.
    function stake() external payable returns (uint256 shares) {
        uint256 before = address(this).balance - msg.value;
        shares = totalShares == 0 ? msg.value : msg.value * totalShares / before;
        totalShares += shares;
        balanceOf[msg.sender] += shares;
        emit Transfer(address(0), msg.sender, shares);
    }

    /// @notice MON for the shares, rounded down.
    function unstake(uint256 shares) external returns (uint256 mon) {
        mon = monFor(shares);
        _debit(msg.sender, shares);
        totalShares -= shares;
        emit Transfer(msg.sender, address(0), shares);
        (bool paid,) = msg.sender.call{value: mon}("");
        if (!paid) revert PaymentFailed();
    }

    function transfer(address to, uint256 shares) external returns (bool) {
        _debit(msg.sender, shares);
        balanceOf[to] += shares;
        emit Transfer(msg.sender, to, shares);
        return true;
    }

    /// @notice Raises the worth of every share. Without any share yet, it goes to the first staker.
    function addYield() external payable {}

    /// @notice Returns the worth of the shares, rounded down.
    function monFor(uint256 shares) public view returns (uint256) {
        return totalShares == 0 ? shares : shares * address(this).balance / totalShares;
    }

    /// @notice The fewest shares that are worth the amount.
    function sharesFor(uint256 mon) external view returns (uint256) {
        if (totalShares == 0) return mon;
        return (mon * totalShares + address(this).balance - 1) / address(this).balance;
    }

    /// @notice MON per share, at 1e18.
    function rate() external view returns (uint256) {
        return monFor(1e18);
    }

    function _debit(address account, uint256 shares) private {
        uint256 balance = balanceOf[account];
        if (balance < shares) revert NotEnoughShares();
        balanceOf[account] = balance - shares;
    }
}
