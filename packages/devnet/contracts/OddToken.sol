// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @notice A base token with the oddities of some real ones. Its code is put at the address of an
/// `ERC20Mintable`, and continues with its balances and approvals: the storage layout is the same.
///
/// Compile with `pnpm run compile:contracts` in packages/devnet; a test keeps the result up to date.
contract OddToken {
    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// solmate's ERC20
    string public name;
    string public symbol;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    struct Oddities {
        /// A part of each transfer, in hundredths of a percent, that is burnt.
        uint256 feeBps;
        /// `transfer`, `transferFrom` and `approve` return nothing, as USDT's.
        bool silent;
        /// An approval can only be changed from or to 0, as USDT's.
        bool resetsFirst;
    }

    /// @dev Away from the slots of the real token.
    bytes32 private constant odditiesSlot = keccak256("service-bots.devnet.OddToken.oddities");

    function decimals() external pure returns (uint8) {
        return 18;
    }

    function setOddities(Oddities calldata given) external {
        Oddities storage oddities = stored();
        oddities.feeBps = given.feeBps;
        oddities.silent = given.silent;
        oddities.resetsFirst = given.resetsFirst;
    }

    /// The vault makes its interest.
    function mint(uint256 value) external {
        mint(msg.sender, value);
    }

    function burn(uint256 value) external {
        burn(msg.sender, value);
    }

    function mint(address to, uint256 value) public {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function burn(address from, uint256 value) public {
        balanceOf[from] -= value;
        totalSupply -= value;
        emit Transfer(from, address(0), value);
    }

    function approve(address spender, uint256 value) external {
        uint256 before = allowance[msg.sender][spender];
        require(!stored().resetsFirst || before == 0 || value == 0, "approve from non-zero to non-zero");
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        done();
    }

    function transfer(address to, uint256 value) external {
        move(msg.sender, to, value);
        done();
    }

    function transferFrom(address from, address to, uint256 value) external {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - value;
        move(from, to, value);
        done();
    }

    function move(address from, address to, uint256 value) private {
        uint256 fee = (value * stored().feeBps) / 10_000;
        balanceOf[from] -= value;
        balanceOf[to] += value - fee;
        emit Transfer(from, to, value - fee);
        if (fee > 0) {
            totalSupply -= fee;
            emit Transfer(from, address(0), fee);
        }
    }

    /// @dev Ends the call.
    function done() private view {
        if (stored().silent) {
            assembly {
                return(0, 0)
            }
        }
        assembly {
            mstore(0, 1)
            return(0, 32)
        }
    }

    function stored() private pure returns (Oddities storage oddities) {
        bytes32 slot = odditiesSlot;
        assembly {
            oddities.slot := slot
        }
    }
}
